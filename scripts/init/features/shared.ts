import { cutEntry } from '../edits.ts';

/** That flags may be kept in Consul goes with either of the two. */
export const FLAGS_RULES_ENTRY = cutEntry('...flagsRules');
