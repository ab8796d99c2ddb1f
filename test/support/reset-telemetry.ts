import { context, propagation, trace } from '@opentelemetry/api';

// OpenTelemetry keeps its tracer in a global, which the test files of one process share. Runs before each of them.
for (const api of [context, propagation, trace]) api.disable();
