const words = new Set(
  'sum min max avg count by without on ignoring group_left group_right and or unless bool time rate increase irate histogram_quantile absent label_replace sort_desc le offset'.split(
    ' ',
  ),
);

/** What an expression asks for: names of metrics, and every label that it selects, groups or joins by. */
export const askedBy = (expression: string): { readonly metrics: Set<string>; readonly labels: Set<string> } => {
  const labels = new Set<string>();
  const metrics = new Set<string>();
  let rest = expression.replaceAll(/\{([^}]*)\}/g, (_, selectors: string) => {
    for (const [, label = ''] of selectors.matchAll(/([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)/g)) labels.add(label);
    return '';
  });
  rest = rest.replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, list: string) => {
    for (const label of list.split(',')) if (label.trim() !== '') labels.add(label.trim());
    return '';
  });
  rest = rest.replaceAll(/"[^"]*"|\[[^\]]*\]/g, '');
  for (const [name] of rest.matchAll(/[a-zA-Z_:][\w:]*/g)) if (!words.has(name)) metrics.add(name);
  labels.delete('le');
  return { metrics, labels };
};
