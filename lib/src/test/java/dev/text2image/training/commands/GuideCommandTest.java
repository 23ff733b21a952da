package dev.text2image.training.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.text2image.io.InvalidInputException;
import dev.text2image.nn.MixedPrecision;
import dev.text2image.training.config.HubFlags;
import dev.text2image.training.config.TrainingConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands as people paste them. */
class GuideCommandTest {
    /** The guide's command with its missing backslash after the flag of xformers. */
    private static final String GUIDE = """
            export MODEL_NAME="CompVis/stable-diffusion-v1-4"
            export dataset_name="lambdalabs/pokemon-blip-captions"

            accelerate launch --mixed_precision="bf16"  train_text_to_image.py \\
              --pretrained_model_name_or_path=$MODEL_NAME \\
              --dataset_name=$dataset_name \\
              --use_ema \\
              --resolution=512 --center_crop --random_flip \\
              --train_batch_size=1 \\
              --gradient_accumulation_steps=4 \\
              --gradient_checkpointing \\
              --max_train_steps=15000 \\
              --learning_rate=1e-05 \\
              --max_grad_norm=1 \\
              --enable_xformers_memory_efficient_attention
              --lr_scheduler="constant" --lr_warmup_steps=0 \\
              --output_dir="sd-pokemon-model" \\
              --push_to_hub
            """;

    private static List<String> notes(String flags) {
        return GuideCommand.parse("--pretrained_model_name_or_path=. " + flags).notes();
    }

    private static String note(String flags) {
        List<String> notes = notes(flags);
        assertThat(notes).hasSize(1);
        return notes.get(0);
    }

    @Test
    void theGuidesCommandIsUnderstoodWhole() {
        GuideCommand command = GuideCommand.parse(GUIDE);
        TrainingConfig expected = TrainingConfig.builder()
                .pretrainedModelNameOrPath("CompVis/stable-diffusion-v1-4")
                .datasetName("lambdalabs/pokemon-blip-captions")
                .useEma(true)
                .centerCrop(true)
                .randomFlip(true)
                .trainBatchSize(1)
                .gradientAccumulationSteps(4)
                .maxTrainSteps(15000)
                .learningRate(1e-5)
                .lrWarmupSteps(0)
                .mixedPrecision(MixedPrecision.BF16)
                .outputDir("sd-pokemon-model")
                .build();
        assertThat(command.config())
                .usingRecursiveComparison()
                .ignoringFields("gradientCheckpointing")
                .isEqualTo(expected);
        assertThat(command.config().toJson().get("gradient_checkpointing"))
                .isNotEqualTo(expected.toJson().get("gradient_checkpointing"));
        assertThat(command.hub()).isEqualTo(new HubFlags(true, null, false, null));
        assertThat(command.notes())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("The line before --lr_scheduler does not end in a backslash"),
                        xformers -> assertThat(xformers)
                                .startsWith("enable_xformers_memory_efficient_attention has no effect: "),
                        group -> assertThat(group).contains("diffusers_compatible"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "train_text_to_image.py",
                "python train_text_to_image.py",
                "!python3 -u examples/text_to_image/train_text_to_image.py",
                "CUDA_LAUNCH_BLOCKING=1 nohup python -m accelerate.commands.launch train_text_to_image.py",
                "torchrun --standalone --nproc_per_node=1 train_text_to_image.py",
                "accelerate launch --num_processes 1 --num_machines=1 --dynamo-backend no train_text_to_image.py",
                "./run train",
                ""
            })
    void whateverStandsBeforeTheFlags(String launcher) {
        GuideCommand command = GuideCommand.parse(launcher + " --snr_gamma=5.0 --seed -1 --validation_prompts 'a b' c");
        assertThat(command.config())
                .isEqualTo(TrainingConfig.builder()
                        .snrGamma(5.0)
                        .seed(-1)
                        .validationPrompts(List.of("a b", "c"))
                        .build());
        assertThat(command.notes()).allMatch(note -> note.contains("standalone"));
    }

    @Test
    void theScriptsPrecisionWinsOverTheLaunchers() {
        String launch = "accelerate launch --mixed_precision bf16 --cpu train_text_to_image.py ";
        assertThat(GuideCommand.parse(launch).config().mixedPrecision()).isEqualTo(MixedPrecision.BF16);
        assertThat(GuideCommand.parse(launch).config().device()).isEqualTo("cpu");
        assertThat(GuideCommand.parse(launch + "--mixed_precision=no").config().mixedPrecision())
                .isEqualTo(MixedPrecision.NO);
    }

    @Test
    void aWordListIsOneCommandAndItsValuesAreLeftAlone() {
        TrainingConfig defaults =
                TrainingConfig.builder().resolution(64).seed(9).useEma(true).build();
        List<String> words = List.of("--validation_prompts", "it's $5 # \"now\"", "--seed=3", "--use_ema=false");
        TrainingConfig config = GuideCommand.parse(words, defaults).config();
        assertThat(config.validationPrompts()).containsExactly("it's $5 # \"now\"");
        assertThat(config.resolution()).isEqualTo(64);
        assertThat(config.seed()).isEqualTo(3);
        assertThat(config.useEma()).isFalse();
        assertThat(GuideCommand.parse(List.of("--output_dir=my model"), defaults)
                        .config()
                        .outputDir())
                .isEqualTo("my model");
        assertThat(GuideCommand.parse(List.of("--seed=1 --center_crop"), defaults)
                        .config()
                        .centerCrop())
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--foreach_ema | foreach_ema has no effect",
                "--local_rank=-1 | local_rank has no effect: a run is one process",
                "--non_ema_revision main | non_ema_revision has no effect: the UNet is that of revision",
                "--report_to wandb | report_to is wandb, but TensorBoard's files are written instead.",
                "--report_to=comet_ml | report_to is comet_ml, but",
                "--lr_warmup_steps 10 | lr_warmup_steps has no effect with the constant schedule",
                "--num_train_epochs 3 --max_train_steps 500 | num_train_epochs has no effect",
                "--max_train_steps 300 | No checkpoint will be written: checkpointing_steps is 500",
                "--scale_lr --train_batch_size 2 --learning_rate 1e-5 | learning rate 1.00e-05 x 1 x 2 = 2.00e-05.",
                "--scale_lr --train_batch_size 2 --learning_rate 1e-5 --device cpu,cpu | 1.00e-05 x 1 x 2 x 2 = 4.00e-05.",
                "--gradient_accumulation_steps 2 | A short last group",
                "--seed 1 --seed 2 | seed is given more than once; the last one counts.",
                "--cache_dir x | cache_dir has no effect",
                "--hub_model_id x | Nothing is put on the hub, as push_to_hub is not given",
                "--dataset_name . --train_data_dir src | train_data_dir is looked for inside dataset_name",
            })
    void whatAPersonShouldKnow(String flags, String expected) {
        assertThat(note(flags)).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--lr_warmup_steps 10 --lr_scheduler cosine",
                "--lr_warmup_steps 0",
                "--max_train_steps 500",
                "--gradient_accumulation_steps 2 --diffusers_compatible",
                "--cache_dir x --cache_latents disk",
                "--dataset_name src/main",
                "--resolution=512 --center_crop --random_flip"
            })
    void nothingIsSaidWhereNothingIsWrong(String flags) {
        assertThat(notes(flags)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--num_processes=4 --multi_gpu | multi_gpu has no effect: PyTorch sees 0 CUDA devices here.",
                "--config_file my.yaml | config_file is not read",
                "--main_process_port 29501 | Flags of the launcher without effect here: main_process_port.",
                "--use_deepspeed --zero_stage 2 | Flags of the launcher without effect here: use_deepspeed, zero_stage."
            })
    void whatTheLauncherCannotDecideHere(String flags, String expected) {
        assertThat(GuideCommand.parse("accelerate launch " + flags + " train_text_to_image.py")
                        .notes()
                        .get(0))
                .contains(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "accelerate launch --num_processes 2 | auto | 2",
                "accelerate launch --cpu --num_processes=3 | cpu | 3",
                "torchrun --nproc_per_node=4 | auto | 4",
                "accelerate launch --gpu_ids 0,3 | cuda:0,cuda:3 | 2",
                "accelerate launch --gpu_ids=1 --num_processes 1 | cuda:1 | 1",
                "accelerate launch --gpu_ids all | auto | 1"
            })
    void theLauncherChoosesTheDevices(String launcher, String device, int processes) {
        GuideCommand command = GuideCommand.parse(
                launcher + " train_text_to_image.py --train_batch_size 2 --scale_lr --learning_rate 1e-5");
        assertThat(command.config().device()).isEqualTo(device);
        assertThat(command.config().processes()).isEqualTo(processes);
        assertThat(command.config().effectiveLearningRate()).isCloseTo(1e-5 * 2 * processes, within(1e-12));
    }

    @Test
    void asManyProcessesAsDevicesThatAreNamed() {
        assertThat(GuideCommand.parse("--device cpu,cpu,cpu").config().processes())
                .isEqualTo(3);
        assertThatThrownBy(() -> GuideCommand.parse("--device cuda:0,cuda:1 --num_processes 4"))
                .hasMessageContaining("num_processes is 4, but must be the number of devices in 'cuda:0,cuda:1'");
        assertThatThrownBy(() -> GuideCommand.parse("--num_processes 0"))
                .hasMessageContaining("num_processes is 0, but must be at least 1");
    }

    @Test
    void otherCommandsOfAGuideAreLeftOut() {
        GuideCommand command = GuideCommand.parse(
                "pip install -r requirements.txt\naccelerate config default\nhf auth login --token hf_StandInSecret\n"
                        + "cd examples && CUDA_VISIBLE_DEVICES=1 accelerate launch train_text_to_image.py --use_ema | tee log");
        assertThat(command.config())
                .isEqualTo(TrainingConfig.builder().useEma(true).build());
        assertThat(command.notes())
                .contains("pip is left out; only the training command counts.")
                .anyMatch(note -> note.startsWith("CUDA_VISIBLE_DEVICES has no effect"))
                .noneMatch(note -> note.contains("secret"));
    }

    @Test
    void aTokenIsNeitherKeptNorRepeated() {
        String token = "hf_StandInSecret";
        for (String flags : List.of("--hub_token=" + token, "--push_to_hub --hub_model_id x --hub_token " + token)) {
            GuideCommand command = GuideCommand.parse(flags + " --report_to=wandb");
            assertThat(command.toString()).doesNotContain(token);
            assertThat(command.config().toJson().toString()).doesNotContain(token);
            assertThat(command.hub().hubToken()).hasToString("token from --hub_token");
        }
        for (String wrong : List.of(
                token + " --use_ema",
                "--hub_tokn=" + token,
                "--hub_token=" + token + " --seed x",
                "--push_to_hub " + token,
                "--hub_private_repo=" + token,
                "--hub_token " + token + " " + token,
                "--hub_token 'a " + token + "'",
                "--hub_token $NOT_SET_ANYWHERE")) {
            assertThatThrownBy(() -> GuideCommand.parse("train_text_to_image.py " + wrong))
                    .isInstanceOf(InvalidInputException.class)
                    .message()
                    .doesNotContain(token);
        }
    }

    @Test
    void aFlagMayBeAbbreviatedAsInPython() {
        GuideCommand command = GuideCommand.parse("train_text_to_image.py --gradient_accumulation 4 --max_train_st=7"
                + " --validation_prompt cat dog --gradient_checkp --non_ema main --max_train_steps 8 --snr_gamma 5");
        GuideCommand whole = GuideCommand.parse("train_text_to_image.py --gradient_accumulation_steps 4"
                + " --validation_prompts cat dog --gradient_checkpointing --max_train_steps 8 --snr_gamma 5");
        assertThat(command.config()).isEqualTo(whole.config());
        assertThat(command.notes())
                .anyMatch(note -> note.startsWith("max_train_steps is given more than once"))
                .anyMatch(note -> note.startsWith("non_ema_revision has no effect"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "python train_dreambooth.py --seed 1 | train_dreambooth.py, but of diffusers' scripts only",
                "accelerate launch --seed 1 | The command does not name train_text_to_image.py",
                "accelerate launch --mixed_precison=fp16 train_text_to_image.py | did you mean --mixed_precision?",
                "--snr_gama 5 | There is no flag --snr_gama; did you mean --snr_gamma?",
                "--validation_promt cat | There is no flag --validation_promt; did you mean --validation_prompts?",
                "--gradient 4 | --gradient may be --gradient_accumulation_steps, --gradient_checkpointing; write more",
                "--xyz 5 | There is no flag --xyz.",
                "--snr_gamma 0 | snr_gamma is 0.0, but must be above 0; leave it out to switch it off",
                "--output_dir my model | output_dir takes one value, but was given 2.",
                "--resolution --use_ema | resolution takes one value, but was given 0.",
                "--center_crop yes | center_crop is 'yes', but must be one of true, false.",
                "--mixed_precision fp8 | mixed_precision is 'fp8', but must be one of no",
                "--output_dir=$NOT_SET_ANYWHERE/x | output_dir uses the variable NOT_SET_ANYWHERE, which is not set",
                "ls -l | The text has no training command"
            })
    void whatCannotBeUsed(String command, String expected) {
        assertThatThrownBy(() -> GuideCommand.parse(command))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(expected);
    }
}
