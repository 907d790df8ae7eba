// The types of k6/timers: k6's own.
export * from 'k6/timers';
export { default } from 'k6/timers';
