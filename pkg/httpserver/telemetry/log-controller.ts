import { LogController } from 'fastify';

/** Suppresses Fastify's lines for requests, which the access log and the error handler write. Keeps its warnings. */
export class QuietLogController extends LogController {
  override incomingRequest(): void {}
  override requestCompleted(): void {}
  override defaultErrorLog(): void {}
  override routeNotFound(): void {}
}
