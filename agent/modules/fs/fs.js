// import { open, SeekMode } from 'k6/experimental/fs'
import { inInit } from 'loadctl:k6/data';
import { open as openFile, SeekMode } from 'loadctl:files';

export const open = (path) => openFile(path, inInit());
export { SeekMode };
export default { open, SeekMode };
