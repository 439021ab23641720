/** `maggy native`: puts native TensorFlow into the project of this folder. How is in `cli/native.ts`. */
import { projectFolder } from '../environment.ts';
import { installNative } from '../native.ts';

export async function native({ wheel, gpu }: { readonly wheel: boolean; readonly gpu: boolean }): Promise<void> {
  const { packageName, tensorFlow, device } = await installNative({ wheel, gpu, folder: projectFolder, log: (line) => console.log(line) });
  console.log(`${packageName} trains on the ${device} with TensorFlow ${tensorFlow}. Workers and maggy run take it from now on.`);
}
