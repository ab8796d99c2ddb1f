/**
 * Defines `until200(url)` for scripts that run in a pod: retries the URL until the response is 200, for at most 15 s. A
 * NetworkPolicy controller takes up to two seconds to detect the address of a new pod, and rejects its traffic until then.
 */
export const UNTIL_200 = `
  async function until200(url, options = {}) {
    for (const deadline = Date.now() + 15_000; ; ) {
      const outcome = await fetch(url, { ...options, signal: AbortSignal.timeout(5000) }).catch((error) => error);
      if (outcome.status === 200) return outcome;
      if (Date.now() > deadline) throw outcome instanceof Error ? outcome : new Error(url + ': ' + outcome.status);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }`;

/**
 * Returns a script that prints the outcome for each URL: a status, `no-response`, or an error code. The URLs in `first` are
 * retried until they respond with 200, which shows that the policies already know the pod that runs the script.
 */
export function reachScript(urls: readonly string[], first: readonly string[] = []): string {
  return `
    ${UNTIL_200}
    const silences = ['TimeoutError', 'ETIMEDOUT', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'];
    const reach = async (url) => {
      try {
        return (await fetch(url, { signal: AbortSignal.timeout(5000) })).status;
      } catch (error) {
        // An untrusted certificate also proves that the server responds.
        const reason = error.cause?.code ?? error.name;
        return silences.includes(reason) ? 'no-response' : reason;
      }
    };
    const outcomes = [];
    for (const url of ${JSON.stringify(first)}) outcomes.push((await until200(url)).status);
    outcomes.push(...(await Promise.all(${JSON.stringify(urls)}.map(reach))));
    console.log(outcomes.join(' '));`;
}
