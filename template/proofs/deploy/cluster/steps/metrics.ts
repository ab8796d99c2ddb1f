import { runScript } from '../pods.ts';
import { must, type Step } from '../step.ts';
import { UNTIL_200 } from './reach.ts';
import { addressesOf } from './release.ts';

const EXPECTED = [
  'build_info',
  'http_requests_total',
  'http_request_duration_seconds_count',
  'process_cpu_seconds_total',
];

export const metrics: Step = {
  name: 'metrics can be scraped from every pod, as by Prometheus',
  async run(cluster, report) {
    const addresses = await addressesOf(cluster);
    // Sends a request to each pod first, so that its request metrics exist.
    const script = `
      ${UNTIL_200}
      for (const address of ${JSON.stringify(addresses)}) {
        const host = address.includes(':') ? '[' + address + ']' : address;
        await until200('http://' + host + ':8080/version');
        const response = await until200('http://' + host + ':9091/metrics');
        const lines = (await response.text()).split('\\n').filter((line) => line && !line.startsWith('#'));
        const names = [...new Set(lines.map((line) => /^\\w+/.exec(line)[0]))];
        console.log(JSON.stringify({ address, status: response.status, series: lines.length, names }));
      }`;
    const printed = await runScript(cluster, 'scrape', script);
    const scraped = printed.split('\n').map((line) => JSON.parse(line));
    must(scraped.length === addresses.length && scraped.length > 0, 'a response from each pod');
    for (const { address, status, series, names } of scraped) {
      const missing = EXPECTED.filter((name) => !names.includes(name));
      report(`${address}: ${status}, ${series} series of ${names.length} metrics`);
      must(status === 200 && missing.length === 0, `status 200 and ${missing.join(', ')}`);
    }
  },
};
