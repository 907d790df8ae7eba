export const options = null;
export default () => console.log('runs');
