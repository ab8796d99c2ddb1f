import { cutLines, cutParagraph, cutSection, replace, replaceMatch } from '../edits.ts';
import type { Feature } from '../feature.ts';
import { FLAGS_LOG_LINE } from './shared.ts';

/** Where documents speak of Consul. */
export const consulDocumentation: Feature['edits'] = [
  [
    'README.md',
    replace('configuration, Consul, TLS', 'configuration, TLS'),
    cutParagraph('The tests of Consul need its program'),
    cutLines(/\| `GET \/v1\/peers`/),
    cutSection('### With Consul'),
    cutLines(/^internal\/peers\//),
    cutLines(/^pkg\/consul\//),
  ],
  ['CONTRIBUTING.md', replace(', a real process, a real Consul.', ', a real process.')],
  [
    'docs/architecture.md',
    replace('httpclient · consul · auth', 'httpclient · auth'),
    cutLines(/deregister from Consul/),
  ],
  ['docs/reliability.md', cutLines(/^\|.*\bConsul\b/)],
  [
    'docs/operations.md',
    cutSection('### ConsulRegistrationLost'),
    cutSection('### DiscoveryStale'),
    FLAGS_LOG_LINE,
    cutLines(/^\|.*(?:[Cc]onsul|[Ll]eader|the agent has forgotten)/),
    replaceMatch(
      /^2\. \*\*See that it runs what you think\.\*\*[\s\S]*?(?=^3\. )/m,
      '2. **See that it runs what you think.** `kubectl port-forward` to its pod, port 9091, and `curl localhost:9091/version`.\n',
    ),
  ],
  ['docs/recipes/add-a-background-job.md', cutParagraph('With Consul, give the work')],
  ['docs/recipes/call-another-service.md', cutParagraph('With Consul, `service://prices`')],
];
