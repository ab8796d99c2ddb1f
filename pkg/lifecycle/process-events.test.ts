import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listenToProcess } from './process-events.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

// Uses an emitter instead of the process, because the time between two real signals cannot be controlled.
function listen() {
  const process = new EventEmitter();
  const handlers = { onStopSignal: vi.fn(), onOtherSignal: vi.fn(), onUncaught: vi.fn() };
  return { process, handlers, stopListening: listenToProcess(process, handlers) };
}

test('one press of Ctrl-C that is delivered twice counts as one SIGINT', () => {
  const { process, handlers } = listen();
  process.emit('SIGINT', 'SIGINT');
  vi.advanceTimersByTime(99);
  process.emit('SIGINT', 'SIGINT');
  expect(handlers.onStopSignal).toHaveBeenCalledTimes(1);
  expect(handlers.onStopSignal).toHaveBeenCalledWith('SIGINT');
});

test('a second press of Ctrl-C counts as a second SIGINT', () => {
  const { process, handlers } = listen();
  process.emit('SIGINT', 'SIGINT');
  vi.advanceTimersByTime(100);
  process.emit('SIGINT', 'SIGINT');
  expect(handlers.onStopSignal).toHaveBeenCalledTimes(2);
});

test('a SIGTERM right after another signal counts separately', () => {
  const { process, handlers } = listen();
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGTERM', 'SIGTERM');
  process.emit('SIGTERM', 'SIGTERM');
  expect(handlers.onStopSignal).toHaveBeenCalledTimes(3);
});

test('no listeners are left after listening has stopped', () => {
  const { process, stopListening } = listen();
  expect(process.eventNames()).toHaveLength(7);
  stopListening();
  expect(process.eventNames()).toEqual([]);
});
