import { z } from 'zod';

/** JSON Schema, as far as the page shows it. */
export interface DescribedSchema {
  readonly type?: string | readonly string[] | undefined;
  readonly description?: string | undefined;
  readonly properties?: Readonly<Record<string, DescribedSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: DescribedSchema | undefined;
  readonly additionalProperties?: boolean | DescribedSchema | undefined;
  readonly anyOf?: readonly DescribedSchema[] | undefined;
  readonly oneOf?: readonly DescribedSchema[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly format?: string | undefined;
  readonly pattern?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly minItems?: number | undefined;
  readonly maxItems?: number | undefined;
}

const Schema: z.ZodType<DescribedSchema> = z.lazy(() =>
  z.object({
    type: z.union([z.string(), z.array(z.string())]).optional(),
    description: z.string().optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
    items: Schema.optional(),
    additionalProperties: z.union([z.boolean(), Schema]).optional(),
    anyOf: z.array(Schema).optional(),
    oneOf: z.array(Schema).optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    default: z.unknown().optional(),
    format: z.string().optional(),
    pattern: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    minItems: z.number().optional(),
    maxItems: z.number().optional(),
  }),
);

const Content = z.object({ content: z.record(z.string(), z.object({ schema: Schema })) });

const DescribedOperation = z.object({
  operationId: z.string(),
  tags: z.array(z.string()).min(1),
  summary: z.string(),
  'x-sallyport-access': z.string(),
  parameters: z.array(
    z.object({
      name: z.string(),
      in: z.string(),
      required: z.boolean(),
      description: z.string().optional(),
      schema: Schema,
    }),
  ),
  requestBody: Content.optional(),
  responses: z.record(z.string(), Content.extend({ description: z.string() })),
});
export type DescribedOperation = z.infer<typeof DescribedOperation>;

/** An OpenAPI document, as far as the page shows it. */
export const DescribedApi = z.object({
  info: z.object({ title: z.string(), version: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), DescribedOperation)),
  components: z.object({
    securitySchemes: z.record(z.string(), z.object({ description: z.string() })),
  }),
});
