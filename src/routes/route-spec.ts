import { PathRegex } from './path-regex.ts';
import { Route } from './route-schema.ts';

/** A route as it is written, which is checked for more: that its regex can be compiled at a bounded cost. */
export const RouteSpec = Route.superRefine(({ path }, context) => {
  if (!path || !('regex' in path)) return;
  const regex = PathRegex.compile(path.regex);
  if ('problem' in regex)
    context.addIssue({ code: 'custom', path: ['path', 'regex'], message: regex.problem });
});
