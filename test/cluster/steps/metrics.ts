import { runScript } from '../pods.ts';
import { must, type Step } from '../step.ts';

const EXPECTED = [
  'build_info',
  'http_requests_total',
  'http_request_duration_seconds_count',
  'process_cpu_seconds_total',
];

export const metrics: Step = {
  name: 'metrics are scraped from every pod, as Prometheus does it',
  async run(cluster, tell) {
    const pods = await cluster.list(['pods', '--selector', `app.kubernetes.io/name=skiff`]);
    const addresses = pods.flatMap(({ status }) => status?.podIP ?? []);
    // A request of each first, so that there is something to count.
    const script = `
      for (const address of ${JSON.stringify(addresses)}) {
        await fetch('http://' + address + ':8080/version');
        const response = await fetch('http://' + address + ':9091/metrics');
        const lines = (await response.text()).split('\\n').filter((line) => line && !line.startsWith('#'));
        const names = [...new Set(lines.map((line) => /^\\w+/.exec(line)[0]))];
        console.log(JSON.stringify({ address, status: response.status, series: lines.length, names }));
      }`;
    const printed = await runScript(cluster, 'scrape', script);
    const scraped = printed.split('\n').map((line) => JSON.parse(line));
    must(scraped.length === addresses.length && scraped.length > 0, 'an answer from each pod');
    for (const { address, status, series, names } of scraped) {
      const missing = EXPECTED.filter((name) => !names.includes(name));
      tell(`${address}: ${status}, ${series} series of ${names.length} metrics`);
      must(status === 200 && missing.length === 0, `status 200 and ${missing.join(', ')}`);
    }
  },
};
