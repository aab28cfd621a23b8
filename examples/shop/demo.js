// @ts-check
// The requests that the demo sends, and the traces that they must produce.
import { randomBytes } from 'node:crypto';

/** Attributes that the outline shows, in addition to service, kind and name. */
const attributesShown = ['user.id', 'shop.channel', 'orders.count', 'db.response.returned_rows', 'error.type'];

/**
 * @typedef {{ path: string, headers: Record<string, string>, status: number, trace: string }} DemoRequest
 * @type {readonly DemoRequest[]}
 */
export const requests = [
  {
    path: '/users/7/orders',
    headers: { 'x-channel': 'app' },
    status: 200,
    trace: `
gateway server GET /users/:id/orders user.id=7
  gateway internal fetchUserData
    gateway client GET
      users server GET /users/:id shop.channel=app
        users internal loadUser
          users client SELECT users db.response.returned_rows=1
  gateway internal fetchOrderHistory orders.count=2
    gateway client GET
      orders server GET /orders/:userId shop.channel=app
        orders client GET
          users server GET /users/:id/discount
            users client SELECT discounts db.response.returned_rows=1
        orders client SELECT orders db.response.returned_rows=2`,
  },
  {
    path: '/users/13/orders',
    headers: {},
    status: 502,
    trace: `
gateway server GET /users/:id/orders user.id=13 error.type=502 ERROR
  gateway internal fetchUserData ERROR exception=Error
    gateway client GET error.type=500 ERROR
      users server GET /users/:id shop.channel=web error.type=500 ERROR
        users internal loadUser ERROR exception=DatabaseError
          users client SELECT users error.type=22012 ERROR`,
  },
];

/**
 * Requests with a problem, to find in the viewer. The last one has a `traceparent` of a caller that sends no spans here, so the
 * parent of its root is missing.
 *
 * @type {readonly { path: string, headers: Record<string, string>, problem: string }[]}
 */
export const problems = [
  { path: '/users/7/basket', headers: {}, problem: 'an N+1: one query for each product' },
  { path: '/users/7/delivery', headers: {}, problem: 'a slow dependency, called next to a quick one' },
  { path: '/users/13/orders', headers: {}, problem: 'a failing query, two services down' },
  {
    path: '/users/8/orders',
    headers: { traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01` },
    problem: 'a trace with a root that never arrives',
  },
];

/**
 * A trace as a string to compare: one line for each span, below its parent, in order of start.
 *
 * @typedef {import('waymark').Span} Span
 * @param {readonly Span[]} spans In order of start.
 * @param {string} [parentId]
 * @returns {string}
 */
export function outline(spans, parentId, indent = '\n') {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parentId)
    .map((span) => indent + describe(span) + outline(spans, span.spanId, `${indent}  `))
    .join('');
}

/** @param {Span} span */
function describe({ name, kind, attributes, events = [], status, resource }) {
  const shown = attributesShown.filter((key) => key in attributes).map((key) => `${key}=${attributes[key]}`);
  const thrown = events
    .filter((event) => event.name === 'exception')
    .map((event) => `exception=${event.attributes?.['exception.type']}`);
  const failed = status?.code === 'error' ? ['ERROR'] : [];
  return [resource.serviceName, kind, name, ...shown, ...failed, ...thrown].join(' ');
}
