/** What is recorded of an answer that has no more than a model and tokens. */
import { readProperty } from '../../read-property.ts';
import type { Answers } from './api-promise.ts';
import type { Parameters } from './request-attributes.ts';

/** Answers with a model and tokens, some of them by other names. */
export const usageAnswers: Answers = {
  read(call, answer) {
    const { id, model, usage } = (answer ?? {}) as Parameters;
    call.setText('gen_ai.response.id', id);
    call.setText('gen_ai.response.model', model);
    call.setUsage({
      input: readProperty(usage, 'prompt_tokens') ?? readProperty(usage, 'input_tokens'),
      output: readProperty(usage, 'output_tokens'),
    });
  },
  readEvents(call) {
    return {
      read(event) {
        const usage = readProperty(event, 'usage');
        if (usage === undefined) return;
        call.setUsage({ input: readProperty(usage, 'input_tokens'), output: readProperty(usage, 'output_tokens') });
      },
    };
  },
};
