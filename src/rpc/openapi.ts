// The API as OpenAPI 3.1: made of the same schemas that check what comes.

import { z } from 'zod';
import { METHODS } from './methods.ts';

export function openApi(version: string): object {
  const paths = Object.fromEntries(
    Object.entries(METHODS).map(([name, { summary, params, result }]) => [
      `/api/v1/${name}`,
      {
        post: {
          operationId: name,
          summary,
          requestBody: { content: json(z.toJSONSchema(params, { io: 'input' })) },
          responses: {
            200: { description: 'Done.', content: json(z.toJSONSchema(result)) },
            default: { description: 'What went wrong.', content: json(z.toJSONSchema(errorAnswer)) },
          },
        },
      },
    ]),
  );
  return {
    openapi: '3.1.0',
    info: { title: 'Swarmline daemon', version, license: { name: 'MIT', identifier: 'MIT' } },
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
  };
}

function json(schema: object): object {
  return { 'application/json': { schema } };
}

const errorAnswer = z.object({
  error: z.object({ code: z.string(), message: z.string(), where: z.string().optional() }),
});
