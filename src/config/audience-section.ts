import { z } from 'zod';
import { setting, visibleText } from './setting.ts';

export const DEFAULT_MESH_AUDIENCE = 'sallyport';

export function defaultAdminAudience(mesh: string): string {
  return `${mesh}/admin`;
}

export const audience = setting(
  {
    type: 'text or map',
    meaning:
      'What tokens are for. One text is the audience of mesh credentials; those for the admin API add `/admin`.',
    fallback: '`sallyport`',
    reads: 'yaml',
  },
  z
    .preprocess(
      (value) => (typeof value === 'string' ? { mesh: value } : value),
      z.strictObject(
        {
          mesh: setting(
            { type: 'text', meaning: 'Audience of mesh credentials.' },
            visibleText('an audience').prefault(DEFAULT_MESH_AUDIENCE),
          ),
          admin: setting(
            {
              type: 'text',
              meaning: 'Audience of credentials for the admin API. Must differ from the mesh audience.',
              fallback: '`<audience.mesh>/admin`',
            },
            visibleText('an audience').optional(),
          ),
        },
        {
          error: (issue) =>
            issue.code === 'invalid_type' ? 'expected a text, or a map of mesh and admin' : undefined,
        },
      ),
    )
    .prefault({}),
);
