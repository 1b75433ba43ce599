/** The part of `webidl2` that the IDL test uses (it ships no types). */
declare module "webidl2" {
  interface Argument {
    readonly optional: boolean;
    readonly variadic: boolean;
  }
  type Member =
    | { readonly type: "constructor"; readonly arguments: readonly Argument[] }
    | { readonly type: "attribute"; readonly name: string; readonly readonly: boolean }
    | { readonly type: "maplike"; readonly readonly: boolean }
    | {
        readonly type: "operation";
        readonly name: string | null;
        readonly special: string;
        readonly arguments: readonly Argument[];
      };
  /** A type; of a generic one `idlType` holds the types inside. */
  export interface IdlType {
    readonly generic: string;
    readonly nullable: boolean;
    readonly idlType: string | readonly IdlType[];
  }
  export interface Field {
    readonly name: string;
    readonly required: boolean;
    readonly idlType: IdlType;
  }
  export type IDLRootType =
    | {
        readonly type: "interface";
        readonly name: string;
        readonly partial: boolean;
        readonly extAttrs: readonly ExtendedAttribute[];
        readonly inheritance: string | null;
        readonly members: readonly Member[];
      }
    | {
        readonly type: "dictionary";
        readonly name: string;
        readonly inheritance: string | null;
        readonly members: readonly Field[];
      }
    | {
        readonly type: "enum";
        readonly name: string;
        readonly values: readonly { readonly value: string }[];
      }
    | { readonly type: "typedef" | "callback" };
  /** `[Name=a]` or `[Name=(a, b)]` */
  export interface ExtendedAttribute {
    readonly name: string;
    readonly rhs: { readonly value: string | readonly { readonly value: string }[] } | null;
  }
  export function parse(text: string): IDLRootType[];
}
