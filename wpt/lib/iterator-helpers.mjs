// Iterator helpers (ECMAScript 2025), which tests use on statistics reports; browsers and Node 22 have them, Node 20 does not.

const IteratorPrototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

const helpers = {
  *map(mapper) {
    let index = 0;
    for (const value of this) yield mapper(value, index++);
  },
  *filter(predicate) {
    let index = 0;
    for (const value of this) if (predicate(value, index++)) yield value;
  },
  find(predicate) {
    let index = 0;
    for (const value of this) if (predicate(value, index++)) return value;
    return undefined;
  },
  some(predicate) {
    let index = 0;
    for (const value of this) if (predicate(value, index++)) return true;
    return false;
  },
  every(predicate) {
    let index = 0;
    for (const value of this) if (!predicate(value, index++)) return false;
    return true;
  },
  forEach(callback) {
    let index = 0;
    for (const value of this) callback(value, index++);
  },
  toArray() {
    return [...this];
  },
};

for (const [name, value] of Object.entries(helpers)) {
  if (name in IteratorPrototype) continue;
  Object.defineProperty(IteratorPrototype, name, { value, writable: true, configurable: true });
}
