export default function () {
  try { open('./data/people.json'); } catch (e) { console.log(e.message); }
}
