/** How often the parent process is looked up, in milliseconds. */
const INTERVAL_MS = 100;

interface NpmOptions {
  env: NodeJS.ProcessEnv;
  /** Returns the id of the parent process. Default: that of this process. */
  parent?: () => number;
}

/**
 * Calls `stop` when npm, which started this process, has exited. npm runs a script in a shell and sends signals only to
 * that shell. dash and BusyBox, the shells of Debian and Alpine, exit without passing the signal on.
 */
export function stopWithNpm(stop: (reason: string) => void, { env, parent = () => process.ppid }: NpmOptions): void {
  if (env.npm_lifecycle_event === undefined) return;
  const shell = parent();
  const timer = setInterval(() => {
    if (parent() === shell) return;
    clearInterval(timer);
    stop('npm exited');
  }, INTERVAL_MS);
  timer.unref();
}
