/** The part of the `webidl-conversions` package that this folder uses (it ships no types). */
declare module "webidl-conversions" {
  interface Options {
    /** What the value is, at the start of the message of a TypeError. */
    readonly context?: string;
    readonly enforceRange?: boolean;
    readonly clamp?: boolean;
  }
  type Conversion<T> = (value: unknown, options?: Options) => T;
  const conversions: {
    readonly boolean: Conversion<boolean>;
    readonly octet: Conversion<number>;
    readonly "unsigned short": Conversion<number>;
    readonly long: Conversion<number>;
    readonly "unsigned long": Conversion<number>;
    readonly "unsigned long long": Conversion<number>;
    readonly double: Conversion<number>;
    readonly DOMString: Conversion<string>;
    readonly USVString: Conversion<string>;
  };
  export default conversions;
}
