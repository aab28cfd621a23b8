/** Headers up to Node's limit. Each kind is meant to make a parser slow. */

/** The size of all headers together, for servers with this `maxHeaderSize`. Node's default is a quarter of it. */
export const maxHeaderSize: number = 64 * 1024;

type Header = readonly [name: string, value: string];

// The request line, `host` and traceparent need some of it.
const room = maxHeaderSize - 1024;

const traceparent: Header = ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'];

/** The longest value that has room, made by repeating these parts. */
function filled(makePart: (index: number) => string): string {
  let value = '';
  for (let index = 0; value.length < room - 64; index++) value += makePart(index);
  return value;
}

/** As many headers as there is room for. Node drops those after the 2,000th. */
function repeated(makeHeader: (index: number) => Header): readonly Header[] {
  const headers: Header[] = [];
  for (let length = 0; headers.length < 1900; ) {
    const header = makeHeader(headers.length);
    length += header[0].length + header[1].length + 4;
    if (length > room) break;
    headers.push(header);
  }
  return headers;
}

export const floods: Readonly<Record<string, readonly Header[]>> = {
  'a header that no format reads': [['x-padding', filled(() => 'padding')]],
  'one tracestate, many members': [traceparent, ['tracestate', filled((index) => `k${index}=v,`)]],
  'one tracestate, only commas': [traceparent, ['tracestate', filled(() => ',')]],
  'one tracestate, spaces and tabs': [traceparent, ['tracestate', `a=1${filled(() => ' \t')},b=2`]],
  'one baggage, many members': [traceparent, ['baggage', filled((index) => `k${index}=v,`)]],
  'one baggage, many properties': [traceparent, ['baggage', `k=v${filled((index) => `;p${index}=v`)}`]],
  'one baggage, percent-encoded': [traceparent, ['baggage', `k=${filled(() => '%E2%82')}`]],
  'many traceparents': repeated(() => traceparent),
  'many tracestates': [traceparent, ...repeated((index) => ['tracestate', `k${index}=v`])],
  'many baggages': [traceparent, ...repeated((index) => ['baggage', `k${index}=v`])],
  'many of Jaeger’s baggage': repeated((index) => [`uberctx-k${index}`, '%41']),
  'one jaeger-baggage': [['jaeger-baggage', filled((index) => `k${index}=v,`)]],
  'one uber-trace-id': [['uber-trace-id', filled(() => '0:')]],
  'one b3': [['b3', filled(() => '0-')]],
  'one x-amzn-trace-id': [['x-amzn-trace-id', filled((index) => `f${index}=v;`)]],
};

/** The bytes of a keep-alive request. */
export function requestWith(headers: readonly Header[]): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`GET / HTTP/1.1\r\nhost: flood.test\r\n${lines}\r\n`);
}
