/** A part of libp2p with some of its methods replaced. */
export function withOther<Part extends object>(part: Part, other: Partial<Part>): Part {
  return new Proxy(part, {
    get: (target, name): unknown => {
      const value: unknown = Reflect.get(Object.hasOwn(other, name) ? other : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
