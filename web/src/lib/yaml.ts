// Text for the lines of toll.yaml that pages offer to copy.

/** A name as a YAML scalar: bare where nothing in it could mean anything else,
 *  else in quotes. */
export function yamlText(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) &&
    !/^(true|false|yes|no|on|off|null|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

/** Where the prices of models are stated that have none. */
export function overrideLines(models: { provider: string; model: string }[]):
  string {
  return ['prices:', '  overrides:', ...models.map(({ provider, model }) =>
    `    - {provider: ${yamlText(provider)}, model: ${yamlText(model)}, ` +
    'input: 0.00, output: 0.00}')].join('\n');
}
