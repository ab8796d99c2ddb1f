// Becomes the service when it is told to, and loads the packages of the service before that: see main.ts.

export type WarmMessage = { load: readonly string[] } | { run: string };

process.on('message', async (message: WarmMessage) => {
  if ('run' in message) {
    // The service must be able to end by itself.
    process.channel?.unref();
    await import(message.run);
    return;
  }
  // What is missing or broken is for the service to report, which will need it too.
  await Promise.allSettled(message.load.map((name) => import(name)));
  await import('./warm-up.ts').then(({ warmUp }) => warmUp()).catch(() => {});
});
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
