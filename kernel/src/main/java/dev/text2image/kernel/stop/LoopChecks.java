package dev.text2image.kernel.stop;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Puts a call of {@link StoppableLoops#check} before each backward jump and at the start of each lambda body, and one of {@link
 * StoppableLoops#checkCall} at the start of each other method. The method that holds a statement gets {@link StatementEnds} too, and all
 * get {@link ExitCalls}.
 *
 * <p>Methods named {@code close} get no checks, since they have to run after a Stop.
 */
final class LoopChecks extends ClassVisitor {
    private static final int API = Opcodes.ASM9;

    LoopChecks(ClassVisitor next) {
        super(API, next);
    }

    @Override
    public @Nullable MethodVisitor visitMethod(
            int access, String name, String descriptor, @Nullable String signature, String @Nullable [] exceptions) {
        MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
        if (method == null) {
            return null;
        }
        var staying = new ExitCalls(method);
        if (name.equals("close") && descriptor.equals("()V")) {
            return staying;
        }
        var checked = new Method(staying, name);
        boolean statement = name.equals(StatementEnds.STATEMENT) && (access & Opcodes.ACC_STATIC) != 0;
        return statement && descriptor.startsWith("()") ? new StatementEnds(checked) : checked;
    }

    private static final class Method extends MethodVisitor {
        private final Set<Label> passed = new HashSet<>();
        private final String name;

        Method(MethodVisitor next, String name) {
            super(API, next);
            this.name = name;
        }

        @Override
        public void visitCode() {
            super.visitCode();
            if (name.startsWith("lambda$")) {
                call("check");
            } else if (!name.equals("<clinit>")) { // an exception there would make the class unusable
                call("checkCall");
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
                call("check");
            }
            super.visitJumpInsn(opcode, target);
        }

        private void call(String check) {
            super.visitMethodInsn(
                    Opcodes.INVOKESTATIC, "dev/text2image/kernel/stop/StoppableLoops", check, "()V", false);
        }
    }
}
