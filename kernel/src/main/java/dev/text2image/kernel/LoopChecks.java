package dev.text2image.kernel;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Puts a call of {@link StoppableLoops#check} before each backward jump and at the start of each lambda body. */
final class LoopChecks extends ClassVisitor {
    private static final int API = Opcodes.ASM9;

    LoopChecks(ClassVisitor next) {
        super(API, next);
    }

    @Override
    public @Nullable MethodVisitor visitMethod(
            int access, String name, String descriptor, @Nullable String signature, String @Nullable [] exceptions) {
        MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
        return method == null ? null : new Method(method, name.startsWith("lambda$"));
    }

    private static final class Method extends MethodVisitor {
        private final Set<Label> passed = new HashSet<>();
        private final boolean lambda;

        Method(MethodVisitor next, boolean lambda) {
            super(API, next);
            this.lambda = lambda;
        }

        @Override
        public void visitCode() {
            super.visitCode();
            if (lambda) {
                check();
            }
        }

        @Override
        public void visitLabel(Label label) {
            passed.add(label);
            super.visitLabel(label);
        }

        @Override
        public void visitJumpInsn(int opcode, Label target) {
            if (passed.contains(target)) {
                check();
            }
            super.visitJumpInsn(opcode, target);
        }

        private void check() {
            super.visitMethodInsn(Opcodes.INVOKESTATIC, "dev/text2image/kernel/StoppableLoops", "check", "()V", false);
        }
    }
}
