/** Characters in a file name. */
export const MAX_NAME_LENGTH = 160;

/**
 * A name that is safe to show and to save under: the last path segment, without control characters, without those that turn
 * the direction of text around (`gpj.exe` shown as `exe.jpg`), and without what Windows forbids.
 */
export function cleanFileName(name) {
  if (typeof name !== "string") return "unnamed";
  let clean = "";
  for (const character of name.slice(0, 4096).split(/[/\\]/).pop() ?? "") {
    if (!isForbidden(character)) clean += character;
  }
  clean = clean.trim();
  if (clean === "" || clean === "." || clean === "..") return "unnamed";
  if (clean.length <= MAX_NAME_LENGTH) return clean;
  // Shorten in front of the extension, which says what opens the file.
  const dot = clean.lastIndexOf(".");
  const extension = dot > 0 && clean.length - dot <= 16 ? clean.slice(dot) : "";
  return `${clean.slice(0, MAX_NAME_LENGTH - extension.length - 1)}…${extension}`.toWellFormed();
}

function isForbidden(character) {
  const code = character.codePointAt(0);
  return (
    code < 0x20 ||
    (code >= 0x7f && code <= 0x9f) ||
    code === 0x061c ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) ||
    (code >= 0xd800 && code <= 0xdfff) ||
    code === 0xfeff ||
    '<>:"|?*'.includes(character)
  );
}
