export default () => {
  const value = JSON.parse('['.repeat(5000) + ']'.repeat(5000));
  let depth = 0;
  for (let at = value; at !== undefined; at = at[0]) depth++;
  console.log(depth);
};
