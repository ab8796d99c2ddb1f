import { cutLines, cutMatch } from '../edits.ts';

// /v1/peers needs both Consul and the HTTP client.

export const PEERS_GRANT = cutLines(/admin=peers:read/);

// Goes with the example, or with all stores that replicas share.

export const FLAGS_NOTE = cutMatch(/\{\{- if and \(include "skiff\.replicated" \.\) \(has [\s\S]*?\{\{- end \}\}\n/);
