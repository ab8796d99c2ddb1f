import { replace } from '../edits.ts';
import type { Feature } from '../feature.ts';

/** The folders of `deploy/`. */
export const deploy: readonly Feature[] = [
  {
    name: 'compose',
    about: "what runs beside it on one's own machine, by Docker Compose",
    files: ['deploy/compose'],
    edits: [
      [
        'README.md',
        replace('`docker compose -f deploy/compose/consul.yaml up` starts an agent. The service', 'The service'),
      ],
    ],
  },
];
