const f = () => console.log('called');
f.then = (resolve) => resolve(1);
export default f;
