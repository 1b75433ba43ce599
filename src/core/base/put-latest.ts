/** Sets what a map has under `key`, and makes it the last of the map; of more than `limit` the first, which is the oldest, goes. */
export function putLatest<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, limit: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= limit) return;
  const [oldest] = map.keys();
  map.delete(oldest!);
}
