// The directions of DESIGN §9: main → app → adapters → core, and inside the core check → policy, routes → accounts →
// tokens → credentials → files. What isn't named here is free.
const CORE =
  '^src/(check|resources|roles|activity|policy|routes|accounts|tokens|credentials|files)/|^src/store/[^/]+\\.ts$';
const ADAPTERS = '^src/(envoy|admin|cli|observe|store/redis|store/embedded)/';

/** A folder of the core and the folders that it must not know of. */
const layer = (name, above) => ({
  name: `${name}-knows-nothing-above`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: `^src/(${above.join('|')})/` },
});

/** A library and the one folder that may import it. */
const home = (library, pattern, folder) => ({
  name: `${library}-only-in-${folder.replace('/', '-')}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${folder}/` },
  to: { path: `(^|/)node_modules/${pattern}` },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'imports-resolve',
      comment: 'A rule that names a library can only see one that is found.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'core-knows-only-the-core',
      severity: 'error',
      from: { path: CORE },
      to: { path: '^src/', pathNot: CORE },
    },
    {
      name: 'nothing-knows-the-process',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main\\.ts$' },
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'only-main-knows-the-composition-root',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main\\.ts$|app\\.ts$|app/)' },
      to: { path: '^src/app(\\.ts$|/)' },
    },
    {
      name: 'adapters-know-no-other-adapter',
      comment: 'The admin API is a contract that the command line and the console share.',
      severity: 'error',
      from: { path: '^src/(envoy|admin|cli|observe|store/redis|store/embedded)/' },
      to: { path: ADAPTERS, pathNot: '^src/$1/|^src/admin/contract' },
    },
    {
      name: 'config-is-for-main-app-and-cli',
      comment: 'The rest is told what it needs to know.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main\\.ts$|app\\.ts$|app/|cli/|config/)' },
      to: { path: '^src/config/' },
    },
    layer('files', ['tokens', 'credentials', 'accounts', 'resources', 'routes', 'policy', 'check', 'store']),
    layer('credentials', ['tokens', 'accounts', 'resources', 'routes', 'policy', 'check', 'store']),
    layer('tokens', ['accounts', 'resources', 'routes', 'policy', 'check', 'store']),
    layer('accounts', ['resources', 'routes', 'policy', 'check']),
    layer('routes', ['resources', 'policy', 'check']),
    layer('policy', ['resources', 'routes', 'check']),
    layer('roles', ['resources', 'check', 'store', 'activity']),
    layer('activity', ['resources', 'check', 'store', 'roles']),
    layer('store', ['resources', 'check']),
    {
      name: 'check-knows-no-transport',
      comment: 'No gRPC, no Redis, no HTTP: what a decision is does not depend on who asked.',
      severity: 'error',
      from: { path: '^src/check/' },
      to: {
        path: '(^|/)node_modules/(@grpc|grpc-|ioredis|protobufjs)|^(node:)?(http|https|http2|net|tls|dgram)$',
      },
    },
    home('grpc', '(@grpc|grpc-health-check|protobufjs)', 'envoy'),
    home('jose', 'jose/', 'tokens'),
    home('lmdb', 'lmdb/', 'store/embedded'),
    home('ioredis', 'ioredis/', 'store/redis'),
    home('fastify-plugins', '@fastify/', 'admin'),
    home('csv-parse', 'csv-parse/', 'resources'),
    home('scim', '(scim-patch|scim2-parse-filter)/', 'admin/scim'),
    home('commander', 'commander/', 'cli'),
    home('pino', 'pino/', 'observe'),
    home('prom-client', 'prom-client/', 'observe'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.(test)\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
