import http from 'k6/http';
const documents = {
  friends: `{"name": {"first": "Tom", "last": "Anderson"}, "age":37, "children": ["Sara","Alex","Jack"], "fav.movie": "Deer Hunter", "a*b": "star", "q?": "mark", "": "empty", "@this": "at", "#": "hash", "é€": "unicode", "esc\\u0061ped": "key", "friends": [
    {"first": "Dale", "last": "Murphy", "age": 44, "nets": ["ig", "fb", "tw"]}, {"first": "Roger", "last": "Craig", "age": 68, "nets": ["fb", "tw"]}, {"first": "Jane", "last": "Murphy", "age": 47, "nets": ["ig", "tw"]} ],
    "deep": {"a": {"b": {"c": [1, [2, [3, {"d": "e"}]]]}}}, "nothing": null, "yes": true, "no": false, "float": 1.5e3, "negative": -2, "text": "{\\"inner\\":[1,2,\\"x\\"]}", "quote": "a\\"b<c>", "list": [1, [2], [3, 4], [5, [6, 7]]], "objects": [{"a": 1, "b": 2}, {"a": 3, "c": 4}], "cols": {"id": [1, 2, 3], "v": ["x", "y"]}, "mixed": [1, "two", null, true, {"k": 3}, [4]] }`,
  vals: `{"vals": [ { "a": 1, "b": "data" }, { "a": 2, "b": true }, { "a": 3, "b": false }, { "a": 4, "b": "0" }, { "a": 5, "b": 0 }, { "a": 6, "b": "1" }, { "a": 7, "b": 1 }, { "a": 8, "b": "True" }, { "a": 9, "b": false }, { "a": 10, "b": null }, { "a": 11 }, {"a": 12, "b": [1]} ]}`,
  list: `[ {"x": 1, "y": {"z": "p"}}, {"x": 2.5, "y": {"z": "q*"}}, {"x": "3"}, [ 7, 8 ], 9, "s", null ]`,
  scalar: `"just text"`,
};
const paths = {
  friends: ['name.last', 'name', 'age', 'children', 'children.0', 'children.3', 'children.-1', 'children.01', 'friends.1', 'friends.1.first', 'child*.2', 'c?ildren.0', 'n*.f*', '*', '?ame.first', 'fav\\.movie', 'fav.movie', 'a\\*b', 'a\\?b', 'q\\?', '', '.', 'name.', '.name', 'name..first', 'é€', 'esc*', 'escaped', 'nothing', 'nothing.x', 'yes', 'no', 'float', 'negative', 'absent', 'age.x',
    'children.#', 'friends.#', 'friends.#.age', 'friends.#.absent', 'friends.#.nets.#', 'friends.#.nets.0', 'friends.#.nets.#.x', 'name.#', '#', '#.x',
    'friends.#(last=="Murphy").first', 'friends.#(last=="Murphy")#.first', 'friends.#(last=="Murphy")#', 'friends.#(age>45)#.last', 'friends.#(age>=47)#.first', 'friends.#(age<47)#.first', 'friends.#(age<=47)#.first', 'friends.#(age!=47)#.first', 'friends.#(age=47).first', 'friends.#(first%"D*").last', 'friends.#(first!%"D*").last', 'friends.#(first%"?a*")#.first', 'friends.#(first>"E")#.first', 'friends.#(first)#.age', 'friends.#(absent)#', 'friends.#(absent)', 'friends.#(last=="Nobody")#', 'friends.#(last=="Nobody").first', 'friends.#[last=="Murphy"].first', 'friends.#(last==Murphy)#.first', 'friends.#( age > 45 )#.first',
    'children.#(!%"*a*")', 'children.#(%"*a*")#', 'children.#(="Alex")', 'children.#(=="Jack")#', 'children.#(>"B")#', 'friends.#(nets.#(=="fb"))#.first', 'friends.#(nets.#(=="ig")).first', 'mixed.#(=1)#', 'mixed.#(>0)#', 'mixed.#(=true)#', 'mixed.#(k=3)#', 'mixed.#', 'mixed.#.k', 'friends.#(name', 'friends.#(', 'friends.#(first="a\\"b")#', 'friends.#(last="Murphy")#.#(age>45)#.first',
    'friends|0.first', 'friends.0|first', 'friends|0|first', 'friends|#', 'friends.#(last="Murphy")#|first', 'friends.#(last="Murphy")#.0', 'friends.#(last="Murphy")#|0', 'friends.#(last="Murphy")#.#', 'friends.#(last="Murphy")#|#', 'friends.#.first|0', 'friends.#.nets|1', 'friends.#.nets|@flatten', 'friends.#.nets.@flatten', 'children|@reverse|0', 'absent|@keys', 'name|last', '|name', 'name|',
    'children.@reverse', 'children.@reverse.0', 'name.@reverse', 'age.@reverse', '@this', '@this.age', '@this|age', '@nothing', '@reverse.age', 'name.@keys', 'name.@values', 'children.@keys', 'children.@values', 'age.@keys', 'name.@valid', '@valid.age', 'name.@ugly', 'friends.0.@ugly|@tostr', 'list.@flatten', 'list.@flatten:{"deep":true}', 'list.@flatten:{"deep":false}', 'objects.@join', 'name.@join', 'text.@fromstr', 'text.@fromstr.inner', 'text.@fromstr.inner.2', 'age.@fromstr', 'nothing.@fromstr', 'name.first.@fromstr', 'name.@tostr', 'quote.@tostr', 'quote.@tostr.@fromstr', 'age.@tostr', 'cols.@group', 'cols.@group.#.id', 'list.@group', '@dig:first', '@dig:d', 'deep.@dig:c', '@dig:#(last="Craig").age', '@dig:absent', 'name.@pretty', 'name.@pretty|@tostr', 'friends.0.@pretty|@tostr', 'list.@pretty|@tostr', 'deep.@pretty|@tostr', 'deep.@pretty:{"indent":"\\t","sortKeys":true}|@tostr', 'friends.@pretty:{"width":20}|@tostr', 'objects.0.@pretty:{"prefix":"  "}|@tostr', '@keys', '@keys.#', '@values|0', 'name.@this.first', 'name.@unknown', 'friends.@reverse.#.first', 'friends.#.@keys', 'friends.#.@this|#',
    '[name.first,age]', '{name.first,age}', '{name.first,age,"murphys":friends.#(last="Murphy")#.first}', '{"x":name.first,y:age}', '[absent,age]', '{absent,age}', '[]', '{}', 'friends.#.[first,age]', 'friends.#.{first,"years":age}', 'friends.0.[first,nets.0]', 'friends.0.{first,n:nets.#}', '{children.@reverse}', '{friends.#(age>45)#.age}', '[name.first,age].0', '{a:age}.a', '{a:age}|a', '[name.first|age', '{name.first,age,"company":!"Happysoft","employed":!true}', '[!1,!"two",!null,!{"a":3}]', '!true', '!"text"', '!5', '!null', '!{"a":[1]}.a', '!nothing', '{"a":children.@reverse:x,"b":age}',
    'name.first.x', 'children.x', 'children.0.x', 'friends.0.nets.1', 'friends.00', 'deep.a.b.c.1.1.1.d', 'deep.*.*.c.0', 'deep.a.b.c.#', 'd*.a', 'fri*.#.age', '*.#(age>45)#.first', '*.0', 'n*.last', '\\@this', '\\#', '#abc', 'friends.#(age==~true)#.first', 'friends.#(age>45)#|@reverse', 'friends.#(age>45)#.{first}', 'friends.#(age>45).@keys', '..0.age', '..#', '..#.age'],
  vals: ['vals.#(b==~true)#.a', 'vals.#(b==~false)#.a', 'vals.#(b==~null)#.a', 'vals.#(b==~*)#.a', 'vals.#(b!=~*)#.a', 'vals.#(b!=~true)#.a', 'vals.#(b==~other)#.a', 'vals.#(b=true)#.a', 'vals.#(b!=true)#.a', 'vals.#(b>=false)#.a', 'vals.#(b<true)#.a', 'vals.#(b=null)#.a', 'vals.#(b="0")#.a', 'vals.#(b=0)#.a', 'vals.#(b>"0")#.a', 'vals.#(a%2)#.a'],
  list: ['#', '#.x', '0', '0.y.z', '#(x=1).y.z', '#(x>1)#', '#(y.z%"q*").x', '#(y.z="q*").x', '#(y.z%"q\\\\*").x', '#.y.z', '#(x="3")', '#(x=3)', '3.1', '4', '5', '6', '7', '@reverse.0', '@reverse', '[0.x,1.x]', '#.y|0.z', '#.y.z|1', '@flatten', '@this.#', '-1', '*', 'x', '..0.0.x'],
  scalar: ['', 'x', '0', '#', '@this', '@tostr', '@reverse', '@keys', '@values', '[@this]', '!1', '..0'],
};
const sorted = (value) => {
  if (value === undefined) return 'undefined';
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
};
export default function () {
  for (const name of Object.keys(documents)) {
    const res = http.post(`${__ENV.TARGET}/repeat`, documents[name]);
    for (const path of paths[name]) {
      let told;
      try { told = JSON.stringify(sorted(res.json(path))); } catch (e) { told = `${e.name} ${e.message}`; }
      console.log(name, path, '->', told);
    }
  }
  const bad = http.post(`${__ENV.TARGET}/repeat`, '{"a": 1,}');
  console.log(typeof bad.json('a'), typeof bad.json('@this'), typeof bad.json('*'));
}
