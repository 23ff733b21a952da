#!/usr/bin/env python3
"""Computes the tables of lib/SCALE.md: what several devices gain in training Stable Diffusion 1.5, from measured steps and nominal links.

    python3 lib/src/bench/scale.py

A step takes t + s seconds, where t is the measured step of one device and s the time to send. In one machine gradients travel from the
last device to the first, device by device, and the weights back, all in float32 and in buckets: 2 * (4 * P + (N - 2) * bucket) bytes one
after the other for P trained numbers and N devices, if the links of the chain work at the same time. Between machines gradients go round
a ring: 2 * (N - 1) messages of 4 * P / N bytes, each with its delay. Nothing is sent while a device computes; within a machine latency
is left out.
"""

# Seconds of an optimizer step by batch: one H200, 512 px, bf16, EMA, the whole UNet.
STEP = {1: 0.100, 4: 0.162, 16: 0.457}
TRAINED = {"whole UNet": 859_520_964, "LoRA, rank 4": 797_184}
BUCKET = 32 * 1024 * 1024  # as in ReplicaChain
# Bytes a second in one direction, as makers and standards give them.
NETWORK = "10 Gbit/s"
LINKS = {"NVLink 4 (450 GB/s)": 450e9, "PCIe 4.0 x16 (32 GB/s)": 32e9, NETWORK: 1.25e9}
DELAY = 1e-4  # seconds from a machine to the next, assumed
DEVICES = (1, 2, 4, 8, 16, 32, 64)


def sending(parameters, devices, link):
    """Seconds of a step in which something is sent."""
    size = 4 * parameters
    if devices == 1:
        return 0
    if link == NETWORK:
        return 2 * (devices - 1) * (size / devices / LINKS[link] + DELAY)
    return 2 * (size + (devices - 2) * min(BUCKET, size)) / LINKS[link]


def number(value):
    """A number with the digits that mean something."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2g}"


def table(header, rows):
    """A table in Markdown."""
    print("| " + " | ".join(header) + " |")
    print("|---|" + "---:|" * (len(header) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def sent():
    """How much there is to send, and how long it takes with two devices."""
    table(["trained", "gradients", *LINKS], [
        [name, f"{4 * count / 1e6:,.1f} MB", *(f"{1000 * sending(count, 2, link):,.2f} ms" for link in LINKS)]
        for name, count in TRAINED.items()])


def more_images(batch):
    """Each device keeps its batch: how many times the images of one device N devices see in a second."""
    step = STEP[batch]
    table(["devices", *map(str, DEVICES)], [
        [f"{name}, {link}", *(number(n * step / (step + sending(count, n, link))) for n in DEVICES)]
        for name, count in TRAINED.items() for link in LINKS])


def same_images(batch):
    """The batch of all devices together stays: how many times as fast a step is, where a batch was measured."""
    counts = [n for n in DEVICES if batch // n in STEP and batch % n == 0]
    slowest = STEP[batch // counts[0]] + sending(TRAINED["whole UNet"], counts[0], "NVLink 4 (450 GB/s)")
    print(f"Global batch {batch}; 1 is {counts[0]} device(s) with NVLink, {slowest:.3f} s a step.\n")
    table(["devices (batch of each)", *(f"{n} ({batch // n})" for n in counts)], [
        [f"{name}, {link}", *(number(slowest / (STEP[batch // n] + sending(count, n, link))) for n in counts)]
        for name, count in TRAINED.items() for link in LINKS])


def accumulation():
    """Micro-batches of an optimizer step from which on the devices compute nine tenths of the time, with 8 devices."""
    table(["trained, link", *(f"batch {batch}" for batch in STEP)], [
        [f"{name}, {link}", *(str(max(1, -int(-9 * sending(count, 8, link) // step))) for step in STEP.values())]
        for name, count in TRAINED.items() for link in LINKS])


if __name__ == "__main__":
    sent()
    for size in STEP:
        print(f"Batch {size} on each device, {STEP[size]:.3f} s without sending.\n")
        more_images(size)
    for size in (16, 64):
        same_images(size)
    accumulation()
