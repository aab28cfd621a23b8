// @anthropic-ai/sdk, which calls OpenTelemetry's API itself: messages, a stream, an error, and a header that continues the trace.
import { fakeHttp } from '../fake-http.ts';
import type { Scenario } from '../scenario.ts';

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-test',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 5 },
};

const streamed = [
  { type: 'message_start', message: { ...message, content: [] } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 5 } },
  { type: 'message_stop' },
];

export const scenario: Scenario = {
  varying: ['gen_ai.response.time_to_first_chunk', 'server.port'],

  async run({ load, api, inRequest, mark }) {
    const { default: Anthropic } = load('@anthropic-ai/sdk');
    const server = await fakeHttp(({ body }) => {
      const { model, stream } = JSON.parse(body);
      if (model === 'absent') {
        return { status: 404, body: { type: 'error', error: { type: 'not_found_error', message: 'model: absent' } } };
      }
      if (!stream) return { body: message };
      const events = streamed.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      return { body: events.join(''), headers: { 'content-type': 'text/event-stream' } };
    });
    const client = new Anthropic({ apiKey: 'key', baseURL: server.url, maxRetries: 0 });
    const create = (options: object) =>
      client.messages.create({
        model: 'claude-test',
        max_tokens: 10,
        messages: [{ role: 'user', content: 'Hi' }],
        ...options,
      });

    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        inRequest(`create ${name}`, async () => {
          await create({});
          mark(`after ${name}`);
        }),
      ),
    );
    await inRequest('stream', async () => {
      for await (const event of await create({ stream: true })) if (event.type === 'message_stop') mark('last event');
    });
    await inRequest('failure', () => create({ model: 'absent' }).catch(() => mark('after failure')));
    // The receiver continues with the span of the call.
    for (const { headers } of server.requests) {
      api.context.with(api.propagation.extract(api.ROOT_CONTEXT, headers), () => mark('receiver'));
    }
    await server.close();
  },
};
