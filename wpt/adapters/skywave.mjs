// This project, as a user gets it: one import that puts the W3C classes on the global object.
export const globals = {};

export async function setup() {
  await import("skywave/register");
}
