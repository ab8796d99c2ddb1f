import { stringify } from 'yaml';
import { replaceMatch } from './edits.ts';
import { type Owner, readOwner } from './owner.ts';
import type { Tree } from './tree.ts';

/** Names the owner of a service in the files that forges, Helm and reporters of vulnerabilities read. */
export function withOwner(tree: Tree, text: string, name: string): Tree {
  const owner = readOwner(text);
  const files = new Map(tree);
  const change = (path: string, edit: (text: string) => string) => {
    const file = files.get(path);
    if (file?.text !== undefined) files.set(path, { ...file, text: edit(file.text) });
  };
  change('SECURITY.md', replaceMatch(REPORT, reportText(owner)));
  change(`charts/${name}/Chart.yaml`, (chart) => chart + maintainers(owner));
  return files.set('CODEOWNERS', { origin: 'CODEOWNERS', text: codeOwners(owner) });
}

/** The section that says how to report a vulnerability, without its heading. */
const REPORT = /(?<=^## Report a vulnerability\n\n)[\s\S]+?(?=\n\n## )/m;

/** Leaves out the template's promises, such as the time until a reply: the owner has not made them. */
function reportText({ name, email }: Owner): string {
  const channel =
    email === undefined ? "open a confidential issue in this project's tracker" : `send mail to <${email}>`;
  const contact = name === email ? 'the owner of this service' : escapeMarkdown(name);
  return `Report it to ${contact} in private: ${channel}.
Describe what you did, what happened, and with which version (\`GET /version\`).`;
}

function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>&|~$]/g, '\\$&');
}

/** Quotes each value, because Helm reads YAML 1.1, in which `yes` is not a text. */
function maintainers({ name, email }: Owner): string {
  const list = [{ name, ...(email !== undefined && { email }) }];
  const options = { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0 } as const;
  return stringify({ maintainers: list }, options);
}

function codeOwners({ name, codeOwners }: Owner): string {
  if (codeOwners.length > 0)
    return `# The owners of this service, who review every change.\n* ${codeOwners.join(' ')}\n`;
  return `# Owner: ${name}
# The users, teams (@org/team) or mail addresses that review every change go in this line:
# * @org/team
`;
}
