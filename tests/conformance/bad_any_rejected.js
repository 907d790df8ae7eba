// differs: the text of an AggregateError is V8's
export default async () => {
  await Promise.any([Promise.reject(new Error('a')), Promise.reject(new Error('b'))]);
};
