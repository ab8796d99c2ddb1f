import { git, hasCommit, publicUrl } from './repository.ts';

/** The remote that upgrades are fetched from. */
const TEMPLATE_REMOTE = 'template';

/** Not a repository, so `git push template` fails before it connects. */
const NO_PUSH = 'init-disabled-pushing-to-the-template';

/**
 * Renames `origin` to `template`. Afterwards neither `git push` nor `git push --follow-tags` to a new origin involves the
 * template: no branch tracks it, and its tags are removed, which are those of the template's commit and before. Returns what
 * was done, a line each.
 */
export function renameOrigin(root: string, commit: string): string[] {
  const remotes = git(root, 'remote').split('\n');
  if (!remotes.includes('origin')) return [];
  if (remotes.includes(TEMPLATE_REMOTE))
    return ['the remote origin is unchanged, because there is already a remote template'];
  const url = git(root, 'remote', 'get-url', 'origin');
  git(root, 'remote', 'rename', 'origin', TEMPLATE_REMOTE);
  git(root, 'config', '--replace-all', `remote.${TEMPLATE_REMOTE}.pushurl`, NO_PUSH);
  git(root, 'config', `remote.${TEMPLATE_REMOTE}.tagOpt`, '--no-tags');
  for (const branch of branchesThatTrack(root)) git(root, 'branch', '--unset-upstream', branch);
  const tags = git(root, 'tag', '--merged', commit)
    .split('\n')
    .filter((tag) => tag !== '');
  if (tags.length > 0) git(root, 'tag', '--delete', ...tags);
  return [
    `the remote origin (${publicUrl(url) ?? url}) is now called ${TEMPLATE_REMOTE}, and pushing to it is disabled`,
    'add your own: git remote add origin URL',
    ...(tags.length > 0 ? [`removed the tags of the template (${tags.length})`] : []),
  ];
}

function branchesThatTrack(root: string): string[] {
  const format = '%(refname:short)%09%(upstream:remotename)';
  const lines = git(root, 'for-each-ref', `--format=${format}`, 'refs/heads').split('\n');
  return lines.flatMap((line) => {
    const [branch = '', remote] = line.split('\t');
    return remote === TEMPLATE_REMOTE ? [branch] : [];
  });
}

/** Reports whether the commit is in this repository only, as far as it knows, so that it cannot be fetched later. */
export function isUnpublished(root: string, commit: string): boolean {
  return hasCommit(root, commit) && git(root, 'branch', '--remotes', '--contains', commit) === '';
}
