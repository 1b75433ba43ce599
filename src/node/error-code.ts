/** The code of a system error ("EADDRINUSE"), "EUNKNOWN" for anything else that was thrown. */
export function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return "EUNKNOWN";
}
