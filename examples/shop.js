// A larger test: two kinds of visitors at once, data made before the test and shared by all, groups
// of requests, and metrics of our own.
//
//   scripts/quickstart examples/shop.js
import http from 'k6/http';
import { check, group, sleep } from 'k6';
import { Counter, Trend } from 'k6/metrics';
import exec from 'k6/execution';

const itemsSeen = new Counter('items_seen');
const browseTime = new Trend('browse_time', true); // true: the values are milliseconds

export const options = {
  scenarios: {
    // Five people look around for four seconds.
    browse: {
      executor: 'constant-vus',
      vus: 5,
      duration: '4s',
      exec: 'browse',
    },
    // Meanwhile 30 orders are placed, whoever is free taking the next.
    order: {
      executor: 'shared-iterations',
      vus: 3,
      iterations: 30,
      maxDuration: '10s',
      startTime: '1s',
      exec: 'order',
      tags: { kind: 'order' },
    },
  },
  thresholds: {
    checks: ['rate==1'],
    items_seen: ['count>0'],
    // The requests of one scenario only.
    'http_req_duration{kind:order}': ['p(95)<500'],
  },
};

// Runs once, before the test, whatever the number of agents. All of them get what it returns.
export function setup() {
  const items = http.get(__ENV.TARGET).json('items');
  return { items };
}

export function browse(data) {
  const start = Date.now();
  group('front page', () => {
    const res = http.get(`${__ENV.TARGET}/`);
    check(res, { 'front page is there': (r) => r.status === 200 });
  });
  group('items', () => {
    for (const item of data.items) {
      const res = http.get(`${__ENV.TARGET}/items/${item}`, { tags: { name: '/items/:id' } });
      check(res, { 'item is there': (r) => r.status === 200 });
      itemsSeen.add(1);
    }
  });
  browseTime.add(Date.now() - start);
  sleep(0.3);
}

export function order(data) {
  // Each of the 30 orders has a number of its own, on whichever agent it runs.
  const number = exec.scenario.iterationInTest;
  const body = JSON.stringify({ number, item: data.items[number % data.items.length] });
  const res = http.post(`${__ENV.TARGET}/orders`, body, {
    headers: { 'Content-Type': 'application/json' },
  });
  check(res, { 'order is accepted': (r) => r.status === 200 });
}

// Runs once, after the test.
export function teardown(data) {
  console.log(`done with ${data.items.length} items`);
}
