import type { Problem, ProblemCode } from '../problem.ts';

/** RFC 7644 §3.12, as far as it is used. */
export type ScimType =
  | 'invalidFilter'
  | 'invalidPath'
  | 'invalidSyntax'
  | 'invalidValue'
  | 'mutability'
  | 'noTarget'
  | 'uniqueness';

const STATUS: Readonly<Record<ScimType, number>> = {
  invalidFilter: 400,
  invalidPath: 400,
  invalidSyntax: 400,
  invalidValue: 400,
  mutability: 400,
  noTarget: 400,
  uniqueness: 409,
};

/** A refusal in SCIM's own words; everything else that is thrown is looked at by `problemOf`. */
export class ScimRefusal extends Error {
  override readonly name = 'ScimRefusal';
  readonly status: number;
  readonly scimType: ScimType | undefined;
  /** @param reason a keyword, or an HTTP status where no keyword fits */
  constructor(reason: ScimType | number, detail: string) {
    super(detail);
    this.status = typeof reason === 'number' ? reason : STATUS[reason];
    this.scimType = typeof reason === 'number' ? undefined : reason;
  }
}

/** An error message; RFC 7644 §3.12. */
export interface ScimError {
  readonly schemas: readonly ['urn:ietf:params:scim:api:messages:2.0:Error'];
  /** In text, as the RFC has it. */
  readonly status: string;
  readonly scimType?: ScimType;
  readonly detail: string;
}

export function describeScimError(status: number, detail: string, scimType?: ScimType): ScimError {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    ...(scimType !== undefined && { scimType }),
    detail,
  };
}

const TYPES: Readonly<Partial<Record<ProblemCode, ScimType>>> = {
  invalid: 'invalidSyntax',
  unprocessable: 'invalidValue',
};

/** A problem of the admin API in SCIM's form. SCIM has no 422, so it becomes `invalidValue`. */
export function scimErrorOfProblem({ code, status, title, detail, errors = [] }: Problem): ScimError {
  const issues = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const text = [detail, issues].filter((part) => part !== undefined && part !== '').join(': ');
  return describeScimError(code === 'unprocessable' ? 400 : status, text === '' ? title : text, TYPES[code]);
}
