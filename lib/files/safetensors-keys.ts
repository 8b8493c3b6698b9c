// Keys that an object has twice: JSON.parse keeps the last of them and says nothing.

/** The first key that comes twice in one object of a text that JSON.parse took, and where its second place begins. */
export function duplicateKey(json: string): { key: string; at: number } | undefined {
  /** the keys so far of every object that is open */
  const open: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const sign = json[i];
    if (sign === '{') open.push(new Set());
    else if (sign === '}') open.pop();
    else if (sign === '"') {
      const at = i;
      i = endOfString(json, at);
      if (!isKey(json, i + 1)) continue;
      // "a" and "\u0061" are one key.
      const key: string = JSON.parse(json.slice(at, i + 1));
      const keys = open.at(-1);
      if (keys?.has(key)) return { key, at };
      keys?.add(key);
    }
  }
  return undefined;
}

/** Where the closing quote of a string stands that begins at an opening one. */
function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
  return i;
}

/** Whether the string before this place is a key: then a colon follows. */
function isKey(json: string, after: number): boolean {
  let i = after;
  while (json[i] === ' ' || json[i] === '\n' || json[i] === '\r' || json[i] === '\t') i++;
  return json[i] === ':';
}
