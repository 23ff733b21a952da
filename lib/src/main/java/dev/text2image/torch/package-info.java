/**
 * The bridge to libtorch, and the only package that touches DJL's PyTorch engine behind its public API.
 *
 * <ul>
 *   <li>{@link dev.text2image.torch.TorchScript} compiles TorchScript source at run time and calls its methods;
 *   <li>{@link dev.text2image.torch.TensorList} hands many tensors over in one go;
 *   <li>{@link dev.text2image.torch.Autograd} switches gradients on and runs them backwards;
 *   <li>{@link dev.text2image.torch.Torch} chooses devices and seeds;
 *   <li>{@link dev.text2image.torch.HelperThreads} work beside the thread that computes, and leave the processor cores to it;
 *   <li>{@link dev.text2image.torch.RandomTensors} draws random numbers, the same for every device;
 *   <li>{@link dev.text2image.torch.FilePages} are tensors in files, which need no memory of their own;
 *   <li>{@link dev.text2image.torch.GraphicsCard} says why a GPU is not used.
 * </ul>
 */
@NullMarked
package dev.text2image.torch;

import org.jspecify.annotations.NullMarked;
