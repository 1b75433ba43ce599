/** The part of `webidl2` that the IDL test uses (it ships no types). */
declare module "webidl2" {
  interface Argument {
    readonly optional: boolean;
    readonly variadic: boolean;
  }
  type Member =
    | { readonly type: "constructor"; readonly arguments: readonly Argument[] }
    | { readonly type: "attribute"; readonly name: string; readonly readonly: boolean }
    | {
        readonly type: "operation";
        readonly name: string | null;
        readonly special: string;
        readonly arguments: readonly Argument[];
      };
  export type IDLRootType =
    | {
        readonly type: "interface";
        readonly name: string;
        readonly inheritance: string | null;
        readonly members: readonly Member[];
      }
    | { readonly type: "dictionary" | "enum" | "typedef" | "callback" };
  export function parse(text: string): IDLRootType[];
}
