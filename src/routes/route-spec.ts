import { PathRegex } from './path-regex.ts';
import { Route } from './route-schema.ts';

/** A route as an operator writes it: its regex must compile within the cost limit. */
export const RouteSpec = Route.superRefine(({ path }, context) => {
  if (!path || !('regex' in path)) return;
  const regex = PathRegex.compile(path.regex);
  if ('problem' in regex)
    context.addIssue({ code: 'custom', path: ['path', 'regex'], message: regex.problem });
});
