"""Takes one measurement of diffusers in this process and prints it as a line of JSON, as `text2image measure` does.

`train` is the loop of diffusers' train_text_to_image.py, with `--rank` that of train_text_to_image_lora.py; `sample` is
its StableDiffusionPipeline; `load` decodes a picture with Pillow and resizes it with torchvision; `create` writes a model of Stable
Diffusion 1.5's full size with random weights, and `pictures` what `load` reads.
"""

import argparse
import io
import itertools
import json
import shutil
import time
from pathlib import Path

import diffusers
import numpy
import torch
import torch.nn.functional as F
from accelerate import Accelerator
from diffusers import AutoencoderKL, DDPMScheduler, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.optimization import get_scheduler
from diffusers.training_utils import EMAModel, compute_snr
from PIL import Image
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

TYPES = {"no": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def train(args):
    from datasets import load_dataset
    from torchvision import transforms

    accelerator = Accelerator(
        gradient_accumulation_steps=args.gradient_accumulation_steps,
        mixed_precision=args.mixed_precision,
        cpu=args.device == "cpu",
    )
    frozen_type = TYPES[args.mixed_precision]
    torch.manual_seed(0)
    model = args.pretrained_model_name_or_path
    noise_scheduler = DDPMScheduler.from_pretrained(model, subfolder="scheduler")
    tokenizer = CLIPTokenizer.from_pretrained(model, subfolder="tokenizer")
    text_encoder = CLIPTextModel.from_pretrained(model, subfolder="text_encoder")
    vae = AutoencoderKL.from_pretrained(model, subfolder="vae")
    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet")
    assert unet.dtype == torch.float32
    vae.requires_grad_(False)
    text_encoder.requires_grad_(False)
    unet.train()
    if args.rank:
        add_adapters(unet, args.rank)
    if args.gradient_checkpointing:
        unet.enable_gradient_checkpointing()
    trained = [parameter for parameter in unet.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)

    # The cache is of the first run; later ones open it.
    dataset = load_dataset("parquet", data_files={"train": str(args.train_data)}, cache_dir=args.cache_dir)

    def tokenize_captions(examples):
        captions = list(examples["text"])
        inputs = tokenizer(
            captions, max_length=tokenizer.model_max_length, padding="max_length", truncation=True, return_tensors="pt"
        )
        return inputs.input_ids

    train_transforms = transforms.Compose(
        [
            transforms.Resize(args.resolution, interpolation=transforms.InterpolationMode.LANCZOS),
            transforms.CenterCrop(args.resolution),
            transforms.RandomHorizontalFlip(),
            transforms.ToTensor(),
            transforms.Normalize([0.5], [0.5]),
        ]
    )

    def preprocess_train(examples):
        examples["pixel_values"] = [train_transforms(image.convert("RGB")) for image in examples["image"]]
        examples["input_ids"] = tokenize_captions(examples)
        return examples

    def collate_fn(examples):
        pixel_values = torch.stack([example["pixel_values"] for example in examples])
        pixel_values = pixel_values.to(memory_format=torch.contiguous_format).float()
        return {"pixel_values": pixel_values, "input_ids": torch.stack([example["input_ids"] for example in examples])}

    train_dataset = dataset["train"].with_transform(preprocess_train)
    train_dataloader = torch.utils.data.DataLoader(
        train_dataset, shuffle=True, collate_fn=collate_fn, batch_size=args.train_batch_size, num_workers=0
    )
    average = None
    if args.use_ema:
        average = EMAModel(unet.parameters(), model_cls=UNet2DConditionModel, model_config=unet.config)
        average.to(accelerator.device)
    lr_scheduler = get_scheduler("constant", optimizer=optimizer)
    unet, optimizer, train_dataloader, lr_scheduler = accelerator.prepare(
        unet, optimizer, train_dataloader, lr_scheduler
    )
    text_encoder.to(accelerator.device, dtype=frozen_type)
    vae.to(accelerator.device, dtype=frozen_type)

    def encode(batch):
        latents = vae.encode(batch["pixel_values"].to(frozen_type)).latent_dist.sample() * vae.config.scaling_factor
        return latents, text_encoder(batch["input_ids"], return_dict=False)[0]

    cache = []
    if args.cached:
        batches = itertools.islice(train_dataloader, max(1, args.cached // args.train_batch_size))
        with torch.no_grad():
            cache = [encode(batch) for batch in batches]

    seconds = []
    first_done_at = None
    start = time.perf_counter()
    while len(seconds) < args.max_train_steps:
        for batch in cache or train_dataloader:
            with accelerator.accumulate(unet):
                latents, encoder_hidden_states = batch if cache else encode(batch)
                noise = torch.randn_like(latents)
                count = noise_scheduler.config.num_train_timesteps
                timesteps = torch.randint(0, count, (latents.shape[0],), device=latents.device).long()
                noisy_latents = noise_scheduler.add_noise(latents.float(), noise.float(), timesteps).to(frozen_type)
                model_pred = unet(noisy_latents, timesteps, encoder_hidden_states, return_dict=False)[0]
                velocity = noise_scheduler.config.prediction_type == "v_prediction"
                target = noise_scheduler.get_velocity(latents, noise, timesteps) if velocity else noise
                loss = weighted(model_pred, target, noise_scheduler, timesteps, velocity, args.snr_gamma)
                avg_loss = accelerator.gather(loss.repeat(args.train_batch_size)).mean()
                avg_loss.item()
                accelerator.backward(loss)
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(trained, 1.0)
                optimizer.step()
                lr_scheduler.step()
                optimizer.zero_grad()
            if not accelerator.sync_gradients:
                continue
            if average:
                average.step(unet.parameters())
            if args.device != "cpu":
                torch.cuda.synchronize()
            loss.detach().item()
            end = time.perf_counter()
            first_done_at = first_done_at or time.time()
            seconds.append(end - start)
            start = end
            if len(seconds) == args.max_train_steps:
                break
    return {"first_done_at": first_done_at, "seconds": seconds}


def weighted(prediction, target, noise_scheduler, timesteps, velocity, gamma):
    """The mean squared error, with the weights of Min-SNR if there is a gamma."""
    if gamma is None:
        return F.mse_loss(prediction.float(), target.float(), reduction="mean")
    snr = compute_snr(noise_scheduler, timesteps)
    weights = torch.stack([snr, gamma * torch.ones_like(snr)], dim=1).min(dim=1)[0] / (snr + 1 if velocity else snr)
    squares = F.mse_loss(prediction.float(), target.float(), reduction="none")
    return (squares.mean(dim=list(range(1, len(squares.shape)))) * weights).mean()


def add_adapters(unet, rank):
    from peft import LoraConfig

    unet.requires_grad_(False)
    attention = ["to_k", "to_q", "to_v", "to_out.0"]
    unet.add_adapter(LoraConfig(r=rank, lora_alpha=rank, init_lora_weights="gaussian", target_modules=attention))


def sample(args):
    pipeline = StableDiffusionPipeline.from_pretrained(
        args.pretrained_model_name_or_path, torch_dtype=TYPES[args.mixed_precision], safety_checker=None
    ).to(args.device)
    pipeline.set_progress_bar_config(disable=True)
    if args.scheduler:
        scheduler = getattr(diffusers, args.scheduler)
        pipeline.scheduler = scheduler.from_config(pipeline.scheduler.config, **args.scheduler_options)
    seconds = []
    first_done_at = None
    for _ in range(args.repeats):
        start = time.perf_counter()
        pipeline(
            args.prompt,
            num_images_per_prompt=args.num_images_per_prompt,
            num_inference_steps=args.num_inference_steps,
            height=args.resolution,
            width=args.resolution,
            generator=torch.Generator("cpu").manual_seed(0),
        )
        seconds.append(time.perf_counter() - start)
        first_done_at = first_done_at or time.time()
    return {"first_done_at": first_done_at, "seconds": seconds}


def load(args):
    from torchvision import transforms

    file = Path(args.file).read_bytes()
    resize = transforms.Compose(
        [
            transforms.Resize(args.resolution, interpolation=transforms.InterpolationMode.LANCZOS),
            transforms.CenterCrop(args.resolution),
        ]
    )
    result = {"seconds": [], "decode": [], "resize": []}
    for _ in range(args.repeats):
        start = time.perf_counter()
        image = Image.open(io.BytesIO(file)).convert("RGB")
        decoded = time.perf_counter()
        resize(image)
        end = time.perf_counter()
        result["seconds"].append(end - start)
        result["decode"].append(decoded - start)
        result["resize"].append(end - decoded)
    return result


def pictures(args):
    """One picture in each format, of the size that such files have of photographs: 12 megapixels, in WebP 2."""
    directory = Path(args.output_dir)
    directory.mkdir(parents=True, exist_ok=True)
    image = picture(4000, 3000)
    image.save(directory / "picture.jpg", quality=90)
    image.save(directory / "picture.png")
    image.resize((1632, 1224)).save(directory / "picture.webp", quality=80)
    return {}


def picture(width, height):
    """Like a photograph in its statistics: structures of each size from the whole to a pixel, the smaller the weaker."""
    random = numpy.random.default_rng(0)
    planes = []
    for _ in range(4):
        plane = Image.new("F", (4, 3))
        for level in range(10):
            size = max(4, width >> (9 - level)), max(3, height >> (9 - level))
            noise = random.standard_normal(size[::-1], numpy.float32)
            plane = Image.fromarray(numpy.asarray(plane.resize(size, Image.Resampling.BICUBIC)) + 0.75**level * noise)
        planes.append(numpy.asarray(plane))
    rgb = numpy.stack([planes[0] + 0.3 * plane for plane in planes[1:]], -1)
    return Image.fromarray((128 + 40 * rgb).clip(0, 255).astype(numpy.uint8))


def create(args):
    """The configurations of Stable Diffusion 1.5; what is not named here is diffusers' default."""
    torch.manual_seed(0)
    unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768, attention_head_dim=8)
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        sample_size=512,
        scaling_factor=0.18215,
    )
    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=49408,
            hidden_size=768,
            intermediate_size=3072,
            num_hidden_layers=12,
            num_attention_heads=12,
            max_position_embeddings=77,
            hidden_act="quick_gelu",
        )
    )
    scheduler = PNDMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        skip_prk_steps=True,
        set_alpha_to_one=False,
        steps_offset=1,
    )
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=CLIPTokenizer.from_pretrained(args.tokenizer),
        unet=unet,
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    partial = Path(f"{args.output_dir}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    pipeline.save_pretrained(partial, max_shard_size="100GB")
    # transformers 5 writes tokenizer.json alone; Stable Diffusion 1.5 has the older files.
    shutil.rmtree(partial / "tokenizer")
    shutil.copytree(args.tokenizer, partial / "tokenizer")
    partial.rename(args.output_dir)
    return {}


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--pretrained_model_name_or_path", required=True)
    common.add_argument("--resolution", type=int, required=True)
    common.add_argument("--device", default="cpu")
    common.add_argument("--mixed_precision", choices=TYPES, default="no")
    training = commands.add_parser("train", parents=[common])
    training.add_argument("--train_data", required=True)
    training.add_argument("--cache_dir", required=True)
    training.add_argument("--train_batch_size", type=int, required=True)
    training.add_argument("--max_train_steps", type=int, required=True)
    training.add_argument("--rank", type=int, default=0)
    training.add_argument("--gradient_accumulation_steps", type=int, default=1)
    training.add_argument("--gradient_checkpointing", action="store_true")
    training.add_argument("--use_ema", action="store_true")
    training.add_argument("--snr_gamma", type=float)
    training.add_argument("--cached", type=int, default=0, help="encode this many images once, before the first step")
    sampling = commands.add_parser("sample", parents=[common])
    sampling.add_argument("--prompt", required=True)
    sampling.add_argument("--num_images_per_prompt", type=int, required=True)
    sampling.add_argument("--num_inference_steps", type=int, required=True)
    sampling.add_argument("--repeats", type=int, required=True)
    sampling.add_argument("--scheduler")
    sampling.add_argument("--scheduler_options", type=json.loads, default={})
    loading = commands.add_parser("load")
    loading.add_argument("--file", required=True)
    loading.add_argument("--resolution", type=int, required=True)
    loading.add_argument("--repeats", type=int, required=True)
    commands.add_parser("pictures").add_argument("--output_dir", required=True)
    creating = commands.add_parser("create")
    creating.add_argument("--tokenizer", required=True)
    creating.add_argument("--output_dir", required=True)
    args = parser.parse_args()
    what = {"train": train, "sample": sample, "load": load, "create": create, "pictures": pictures}
    print(json.dumps(what[args.command](args)))


if __name__ == "__main__":
    main()
