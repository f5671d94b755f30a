/** The page's style sheet. Its hash is in the page's Content-Security-Policy. */
export const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 80rem; padding: 1rem; display: grid; grid-template-columns: 16rem 1fr; gap: 0 2rem; }
header { grid-column: 1 / -1; }
h1 small { font-weight: normal; opacity: 0.7; }
dt { font-weight: bold; }
nav { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; align-self: start; }
nav h2 { font-size: 1rem; margin: 0.75rem 0 0; }
nav ul { list-style: none; margin: 0; padding: 0; }
main { min-width: 0; overflow-wrap: anywhere; }
section { border-top: 1px solid; padding: 0.5rem 0 1rem; }
section:target { border-top-width: 4px; }
h4 { margin: 0.5rem 0 0; }
.method { font-family: ui-monospace, monospace; }
.schema { display: inline; }
.type { font-style: italic; }
.access, .refused { opacity: 0.8; }
ul { margin: 0.25rem 0; padding-left: 1.25rem; }
@media (max-width: 50rem) { body { display: block; } nav { position: static; max-height: none; } }
`;
